/** The demo page's start. */
import '@picocss/pico/css/pico.min.css'
import './style.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { readSettings } from './settings.ts'

const root = document.getElementById('app')
if (root) render(<App settings={readSettings()} />, root)

if ('serviceWorker' in navigator && import.meta.env.PROD)
  // Without it the page works too, as long as there is a network.
  navigator.serviceWorker.register('/demo/sw.js', { scope: '/demo/' }).catch(() => undefined)
