/** The page that shows runs. It reads what the server says, or what a report holds, and changes nothing. */
import { render } from 'preact'
import { App } from './app.tsx'

render(<App />, document.getElementById('app')!)
