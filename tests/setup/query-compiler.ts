// Each database of the tests has Prisma clients of its own, each of which would read the whole schema and work out anew how to ask for what
// another one has asked for already. Both depend on the schema alone, so each worker does them once. vitest.config.ts puts this between.

interface Compiler {
  compile(request: string): unknown
  compileBatch(request: string): unknown
  free(): void
}

/** Prisma's own, which says nothing of its types. */
interface Runtime {
  QueryCompiler: new (schema: object) => Compiler
}

const compilers = new Map<string, Compiler>()

/** Prisma's query compiler for all clients of this worker: one for each schema, which remembers what it has worked out. */
export const sharing = (runtime: Runtime) => ({
  ...runtime,
  QueryCompiler: class {
    constructor(schema: object) {
      const key = JSON.stringify(schema)
      const compiler = compilers.get(key) ?? remembering(new runtime.QueryCompiler(schema))
      compilers.set(key, compiler)
      return compiler
    }
  },
})

function remembering(compiler: Compiler): Compiler {
  const plans = new Map<string, unknown>()
  return {
    compile: (request) => {
      const plan = plans.get(request) ?? compiler.compile(request)
      plans.set(request, plan)
      return plan
    },
    compileBatch: (request) => compiler.compileBatch(request),
    // Other clients go on using it.
    free: () => {},
  }
}
