/** Something in the ledger that cannot be. */
export interface Fault {
  where: string
  what: string
}

/** Whose ledger is looked at; null: everybody's. */
export interface Scope {
  resellerId?: string | null
}
