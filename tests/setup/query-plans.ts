// Each database of the tests has a Prisma of its own, which would work out anew how to ask for what another one has asked for already. That
// depends on the schema alone, so each worker works it out once.
type Compile = (this: object, request: string) => unknown

const REMEMBERS = Symbol.for('purser-query-plans')

/** Prisma's own, which says nothing of its types: in a variable, so that they are not asked for. */
const RUNTIME: string = '@prisma/client/runtime/query_compiler_fast_bg.postgresql.mjs'
const { QueryCompiler } = (await import(RUNTIME)) as {
  QueryCompiler: { prototype: { compile: Compile; [REMEMBERS]?: true } }
}
const compiler = QueryCompiler.prototype

if (!compiler[REMEMBERS]) {
  compiler[REMEMBERS] = true
  const { compile } = compiler
  const plans = new Map<string, unknown>()
  compiler.compile = function (request) {
    const plan = plans.get(request) ?? compile.call(this, request)
    plans.set(request, plan)
    return plan
  }
}
