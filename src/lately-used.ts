/**
 * What was made of texts, by those texts: what was used lately stays, up to so many characters, and twice as many at most. What is
 * used again moves up, and what was not is dropped when the younger ones have become too many. Nothing in it may be changed.
 */
export class LatelyUsed<Value> {
  readonly #charactersMax: number
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()
  #characters = 0

  constructor({ charactersMax }: { charactersMax: number }) {
    this.#charactersMax = charactersMax
  }

  /** What was made of this text, or is made now. `size`: of what was made, in characters, where it is more than the text. */
  get(text: string, make: () => Value, size: (value: Value) => number = () => 0): Value {
    const known = this.#young.get(text)
    if (known !== undefined) return known
    const value = this.#old.get(text) ?? make()
    if (this.#characters > this.#charactersMax) {
      this.#old = this.#young
      this.#young = new Map()
      this.#characters = 0
    }
    this.#young.set(text, value)
    this.#characters += text.length + size(value)
    return value
  }
}
