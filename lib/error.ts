/** Who has to act on a failure. A user's is exit code 64; a refusal by the kernel is judged by the scenario it happens in; anything else says nothing about a kernel. */
export type Blame = 'kernel' | 'scenario' | 'harness' | 'user'

/** The base of every error this project throws on purpose: a stable `code` for programs, one sentence for people. */
export abstract class IdmaplabError extends Error {
  /** Stable across releases, e.g. `IDMAP_OVERLAP`; match on this, never on the message. */
  abstract readonly code: string
  abstract readonly blame: Blame

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}
