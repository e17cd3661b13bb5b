import type { ComponentChildren } from 'preact'
import type { View } from '../route.ts'

export type IconName = View | 'check' | 'cross' | 'undo' | 'back' | 'help' | 'valuable' | 'unsure' | 'noise' | 'plus'

const PATHS: Readonly<Record<IconName, ComponentChildren>> = {
  today: (
    <path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6l1.4 1.4M17 17l1.4 1.4M5.6 18.4L7 17M17 7l1.4-1.4M12 8a4 4 0 100 8 4 4 0 000-8z" />
  ),
  held: <path d="M4 13l2.5-8h11L20 13v6H4v-6zm0 0h4.5l1.5 2.5h4l1.5-2.5H20" />,
  trends: <path d="M5 20v-7M12 20V5M19 20v-10" />,
  people: (
    <path d="M9 11a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 4.5a3.5 3.5 0 010 6.5M18 14.5c2 .8 3.2 2.7 3.5 5.5" />
  ),
  account: <path d="M4 6h16v12H4zM4 7l8 6.5L20 7" />,
  check: <path d="M5 12.5l4.5 4.5L19 7.5" />,
  cross: <path d="M6 6l12 12M18 6L6 18" />,
  undo: <path d="M9 7L4 12l5 5M4.5 12H14a5 5 0 015 5v1" />,
  back: <path d="M15 5l-7 7 7 7" />,
  help: <path d="M9.2 9.2a2.9 2.9 0 115 2c-1.3 1-2.2 1.5-2.2 3M12 17.6v.1M12 3a9 9 0 100 18 9 9 0 000-18z" />,
  valuable: <path d="M12 4a8 8 0 100 16 8 8 0 000-16zM8.5 12.2l2.5 2.5 4.5-5" />,
  unsure: <path d="M12 4a8 8 0 100 16 8 8 0 000-16zM8.5 12h7" />,
  noise: <path d="M12 4a8 8 0 100 16 8 8 0 000-16zM6.5 17.5l11-11" />,
  plus: <path d="M12 5v14M5 12h14" />,
}

/** A picture beside words that say the same. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {PATHS[name]}
    </svg>
  )
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" />
      <path d="M7 11l4.5 11L16 12.5l4.5 9.5L25 11" />
    </svg>
  )
}
