import { effect } from '@preact/signals'
import { render } from 'preact'
import { startClock } from './clock.ts'
import { listenToKeys } from './keyboard.ts'
import { Page } from './page.tsx'
import { language } from './preferences.ts'
import { followHash, route } from './route.ts'
import { token } from './session.ts'
import { loadTexts, texts } from './texts/texts.ts'
import { SignIn } from './views/sign-in.tsx'

const App = () => (token.value === null ? <SignIn /> : <Page />)

async function start(): Promise<void> {
  startClock()
  followHash()
  listenToKeys()
  // Without its language the page is still there, in English.
  await loadTexts(language.value).catch(() => undefined)
  effect(() => void loadTexts(language.value).catch(() => undefined))
  effect(() => {
    document.title = `${texts.value.nav[route.value.view]} · Worthwhile`
  })
  const place = document.getElementById('app')
  if (place) render(<App />, place)
}

void start()
