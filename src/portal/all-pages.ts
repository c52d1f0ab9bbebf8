import './customers/state.ts'

export { pages } from './pages.ts'
