import { ProofNeeded } from '../words/refusal.ts'

/** For so long after a login, or after a password or code that was asked for again, nobody is asked for it. */
export const PROOF_MINUTES = 15

/**
 * Refuses, 403 and by the page that asks for the password, staff whose last proof of who they are is too old. Nobody else is asked: not
 * customers yet, nor staff who are logged in as one, nor what acts without a session. Which actions ask is listed in docs/security.md, under
 * "Asking again"; files with many rows do so as they are sent, see sendFile().
 */
export function mustHaveProven({ lacksProof = false }: { lacksProof?: boolean }) {
  if (lacksProof) throw new ProofNeeded()
}
