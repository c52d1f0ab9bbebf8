import type { Router } from 'express'
import { createApp } from '../../src/app.ts'
import type { Services } from '../../src/services.ts'

export interface Route {
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
    return (['GET', 'POST'] as const)
      .filter((method) => methods?.includes(method))
      .map((method) => ({ method, path: here || '/' }))
  })
}
