/** Something that tells of changes while it runs. Polling today; anything that can be started and stopped will do. */
export interface LiveSource {
  start(): void
  stop(): void
}

/** Calls `look` every `everyMs` while the page is visible, and at once when it becomes visible again. */
export function polling(look: () => Promise<void>, everyMs: number): LiveSource {
  let timer: ReturnType<typeof setTimeout> | undefined
  let running = false
  const next = async () => {
    clearTimeout(timer)
    if (!running || document.hidden) return
    await look()
    clearTimeout(timer)
    if (running) timer = setTimeout(next, everyMs)
  }
  const onVisible = () => void next()
  return {
    start() {
      running = true
      document.addEventListener('visibilitychange', onVisible)
      addEventListener('online', onVisible)
      void next()
    },
    stop() {
      running = false
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', onVisible)
      removeEventListener('online', onVisible)
    },
  }
}
