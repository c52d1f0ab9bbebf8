import { parse } from 'acorn'

/** A node of the tree that acorn gives, as far as it is read here. */
interface Node {
  type: string
  [part: string]: unknown
}

/** The names that a piece of JavaScript uses and does not declare where it uses them, in the order of their first use. */
export function freeNamesIn(code: string): string[] {
  const free = new Set<string>()
  const look = (node: Node, declared: ReadonlySet<string>) => {
    if (node.type === 'Identifier') {
      if (!declared.has(node.name as string)) free.add(node.name as string)
      return
    }
    const own = declaredFor(node)
    const within = own.length > 0 ? new Set([...declared, ...own]) : declared
    for (const child of usedIn(node)) look(child, within)
  }
  look(parse(code, { ecmaVersion: 'latest', allowReturnOutsideFunction: true }) as unknown as Node, new Set())
  return [...free]
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

const nodesIn = (part: unknown): Node[] => [part].flat().filter(isNode)

/** What a node consists of, without names that are no variables: of members, keys and labels. */
function usedIn(node: Node): Node[] {
  return Object.entries(node).flatMap(([part, value]) => {
    const isName = part === 'label' || (['property', 'key'].includes(part) && node.computed === false)
    return isName ? [] : nodesIn(value)
  })
}

/** The names that hold within a node, and nowhere around it. */
function declaredFor(node: Node): string[] {
  switch (node.type) {
    case 'Program':
    case 'BlockStatement':
      return nodesIn(node.body).flatMap(declaredBy)
    case 'SwitchStatement':
      return nodesIn(node.cases).flatMap(({ consequent }) => nodesIn(consequent).flatMap(declaredBy))
    case 'ForStatement':
      return nodesIn(node.init).flatMap(declaredBy)
    case 'ForInStatement':
    case 'ForOfStatement':
      return nodesIn(node.left).flatMap(declaredBy)
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return [...nodesIn(node.id), ...nodesIn(node.params)].flatMap(namesOf)
    case 'CatchClause':
      return nodesIn(node.param).flatMap(namesOf)
    default:
      return []
  }
}

/** The names that a statement declares for the block around it. */
function declaredBy({ type, declarations, id }: Node): string[] {
  if (type === 'VariableDeclaration')
    return nodesIn(declarations).flatMap((one) => nodesIn(one.id).flatMap(namesOf))
  return type === 'FunctionDeclaration' || type === 'ClassDeclaration' ? nodesIn(id).flatMap(namesOf) : []
}

/** The names in a pattern, such as `{ a, b: [c = d, ...e] }`. */
function namesOf(pattern: Node): string[] {
  if (pattern.type === 'Identifier') return [pattern.name as string]
  const parts = {
    ObjectPattern: 'properties',
    ArrayPattern: 'elements',
    Property: 'value',
    AssignmentPattern: 'left',
    RestElement: 'argument',
  }[pattern.type]
  return parts ? nodesIn(pattern[parts]).flatMap(namesOf) : []
}
