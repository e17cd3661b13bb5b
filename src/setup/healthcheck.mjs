// Exits with 0 when the service in this container says that it is alive, with 1 when not.
const port = process.env.PORT || '3000'

try {
  const { ok } = await fetch(`http://127.0.0.1:${port}/healthz`)
  process.exitCode = ok ? 0 : 1
} catch (error) {
  console.error(String(error))
  process.exitCode = 1
}
