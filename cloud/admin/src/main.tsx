import './design/tokens.css'
import './design/base.css'
import './design/components.css'
import './shell/shell.css'
import './pages/pages.css'
import './design/theme.ts'
import { render } from 'preact'
import { App } from './app.tsx'

const panel = document.getElementById('panel')
if (panel) render(<App />, panel)
