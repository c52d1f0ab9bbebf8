import type { Router } from 'express'
import { createApp } from '../../src/app.ts'
import type { Services } from '../../src/services.ts'

export interface Route {
  /** What a page's links and forms can send. */
  method: 'GET' | 'POST'
  /** As it was registered: /customers/:id */
  path: string
}

/** What Router.listRoutes() of the package router tells of one level; its types do not know it yet. */
interface Listed {
  path: string
  methods?: string[]
  router?: Router & { listRoutes(): Listed[] }
}

/** Every address that Purser answers, found by walking its routers, so that a sweep meets new ones by itself. */
export function listRoutes(services: Services): Route[] {
  const { router } = createApp(services) as unknown as { router: { listRoutes(): Listed[] } }
  const routes = below('', router.listRoutes())
  const known = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]))
  return [...known.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

function below(mount: string, listed: readonly Listed[]): Route[] {
  return listed.flatMap(({ path, methods, router }) => {
    const here = mount + (path === '/' ? '' : path)
    if (router) return below(here, router.listRoutes())
    const known = methods?.filter((method) => method !== 'HEAD') ?? []
    if (!methods || !known.every(isMethod))
      throw new Error(`${here} takes ${methods}: no page can send that.`)
    return known.filter(isMethod).map((method) => ({ method, path: here || '/' }))
  })
}

const isMethod = (method: string): method is Route['method'] => method === 'GET' || method === 'POST'

/** What no page of Purser's sends, and a program might. */
export const OTHER_METHODS = ['PUT', 'PATCH', 'DELETE'] as const
