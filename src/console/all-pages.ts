import './billing.ts'
import './billing-profile.ts'
import './billing/statement.ts'

export { open, pages } from './pages.ts'
