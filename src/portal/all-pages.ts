import './forgotten-password.ts'
import './login.ts'
import './logout.ts'
import './set-password.ts'
import './customers/state.ts'

export { open, pages } from './pages.ts'
