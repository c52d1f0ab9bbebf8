export { open, pages } from './pages.ts'
