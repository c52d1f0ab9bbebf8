/** English needs words of its own only where a number decides: every other sentence is its own key. */
export const english: ReadonlyMap<string, string> = new Map([
  ['{count} customers', '{count, plural, one {# customer} other {# customers}}'],
  ['{count} customers shown', '{count, plural, one {# customer shown} other {# customers shown}}'],
  [
    '{count} fields need another look.',
    '{count, plural, one {One field needs another look.} other {# fields need another look.}}',
  ],
])
