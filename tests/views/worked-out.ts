import ts from 'typescript'
import { nodesOf } from '../support/source.ts'
import { piecesOf } from './code.ts'

/** What a view works out although the rule behind its page should say it, each once. */
export function workedOutIn(view: string): string[] {
  const tree = treeOf(view)
  const permissions = namesOfPermissions(tree)
  const found = nodesOf(tree).flatMap((node) => [
    ...(isCondition(node) && permissionsIn(node, permissions) > 1 ? ['combines permissions'] : []),
    ...(isSum(node) ? ['reckons'] : []),
    ...(namesMath(node) ? ['reckons'] : []),
    ...(decides(node) ? ['decides by a state what can be done'] : []),
  ])
  return [...new Set(found)]
}

/** The view's code, with what stands between its tags as calls of markup(). */
function treeOf(view: string): ts.SourceFile {
  const code = piecesOf(view).map(({ kind, text }) => {
    if (kind === 'comment') return ''
    if (kind === 'code') return text
    if (kind === 'value') return `\nput(${text.trim()});`
    return text.trim() ? `\nmarkup(${JSON.stringify(text)});` : ''
  })
  return ts.createSourceFile('view.ts', code.join('\n'), ts.ScriptTarget.Latest, true)
}

const { SyntaxKind: Kind } = ts

const isCallOf = (node: ts.Node, names: readonly string[]): node is ts.CallExpression =>
  ts.isCallExpression(node) && names.includes(node.expression.getText())

const isLogical = (node: ts.Node): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) &&
  [Kind.AmpersandAmpersandToken, Kind.BarBarToken, Kind.QuestionQuestionToken].includes(
    node.operatorToken.kind,
  )

/** Whether this is one of the expressions that a larger one combines; what is written or given in them is not. */
const isCondition = (node: ts.Node) => isLogical(node) || ts.isIfStatement(node)

/** The constants that hold whether something is allowed. */
const namesOfPermissions = (tree: ts.SourceFile) =>
  new Set(
    nodesOf(tree).flatMap((node) =>
      ts.isVariableDeclaration(node) && node.initializer && isCallOf(node.initializer, ['may', 'can'])
        ? [node.name.getText()]
        : [],
    ),
  )

/** How many permissions an expression combines. What it only yields, such as a link, is not looked into. */
function permissionsIn(node: ts.Node, names: ReadonlySet<string>): number {
  if (ts.isIfStatement(node)) return permissionsIn(node.expression, names)
  if (isCallOf(node, ['may', 'can'])) return 1
  if (ts.isIdentifier(node)) return names.has(node.text) ? 1 : 0
  if (ts.isParenthesizedExpression(node)) return permissionsIn(node.expression, names)
  if (ts.isPrefixUnaryExpression(node)) return permissionsIn(node.operand, names)
  return isLogical(node) ? permissionsIn(node.left, names) + permissionsIn(node.right, names) : 0
}

const SUMS = [
  Kind.MinusToken,
  Kind.AsteriskToken,
  Kind.AsteriskAsteriskToken,
  Kind.SlashToken,
  Kind.PercentToken,
  Kind.PlusEqualsToken,
  Kind.MinusEqualsToken,
]
const NUMBERS = /\b(balance|credits|overdraft|amount|remaining|available|minor|uses|count|length)$/

/** Any arithmetic but the joining of texts. */
function isSum(node: ts.Node): boolean {
  if (ts.isPrefixUnaryExpression(node))
    return node.operator === Kind.MinusToken && !ts.isLiteralExpression(node.operand)
  if (!ts.isBinaryExpression(node)) return false
  const { kind } = node.operatorToken
  const isNumber = (side: ts.Expression) =>
    ts.isNumericLiteral(side) || ts.isBigIntLiteral(side) || NUMBERS.test(side.getText())
  return SUMS.includes(kind) || (kind === Kind.PlusToken && (isNumber(node.left) || isNumber(node.right)))
}

const namesMath = (node: ts.Node) => ts.isIdentifier(node) && ['Math', 'BigInt'].includes(node.text)

/** `invite.state === 'open'`, and what combines it with others. */
function comparesState(node: ts.Node): boolean {
  if (ts.isParenthesizedExpression(node)) return comparesState(node.expression)
  if (ts.isPrefixUnaryExpression(node)) return comparesState(node.operand)
  if (isLogical(node)) return comparesState(node.left) || comparesState(node.right)
  if (!ts.isBinaryExpression(node)) return false
  const sides = [node.left, node.right]
  return (
    [Kind.EqualsEqualsEqualsToken, Kind.ExclamationEqualsEqualsToken].includes(node.operatorToken.kind) &&
    sides.some((side) => ts.isStringLiteral(side)) &&
    sides.some((side) => /(^|\.)(state|kind|mode|status)$/.test(side.getText()))
  )
}

/** Whether a state decides about a form, a button or a link; or is kept as the answer to what can be done. */
function decides(node: ts.Node): boolean {
  if (ts.isVariableDeclaration(node)) return Boolean(node.initializer && comparesState(node.initializer))
  if (ts.isIfStatement(node)) {
    const ways = [node.thenStatement, ...(node.elseStatement ? [node.elseStatement] : [])]
    return comparesState(node.expression) && ways.some(offers)
  }
  if (ts.isConditionalExpression(node))
    return comparesState(node.condition) && [node.whenTrue, node.whenFalse].some(offers)
  return isLogical(node) && comparesState(node.left) && offers(node.right)
}

/** Whether something can be pressed in it. */
const offers = (part: ts.Node) =>
  nodesOf(part).some(
    (node) =>
      (isCallOf(node, ['markup']) && /<(form|button|a)\b|href="/.test(node.arguments[0]?.getText() ?? '')) ||
      (ts.isPropertyAssignment(node) && node.name.getText() === 'href') ||
      (ts.isPropertyAccessExpression(node) && node.expression.getText() === 'paths'),
  )
