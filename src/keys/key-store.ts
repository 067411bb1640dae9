import type { KeyRow } from './key-row.ts'

/** What an operator asked for and no Worker has done yet. Times in seconds since the epoch. */
export type KeyIntent =
  | {
      readonly id: number
      readonly what: 'generate'
      readonly activateAt: number
      readonly requestedAt: number
    }
  | { readonly id: number; readonly what: 'rewrap'; readonly requestedAt: number }

/** Which rows count when it is asked whether there is a usable key. */
export type UsableRows = {
  /** The ids of the key-encryption keys held. */
  readonly keyEncryptionKeys: readonly string[]
  /** Rows that were seen not to be authentic: planted ones must not stop the service. */
  readonly except: readonly string[]
}

/** A row wrapped anew, and the key-encryption key that it was under. */
export type RewrappedRow = { readonly row: KeyRow; readonly from: string }

/**
 * Where signing keys are kept: the truth, with conditional writes. Every write leaves its audit row
 * in the same transaction. All throw StoreUnavailable where the store does not answer.
 */
export interface KeyStore {
  /**
   * The rows that are not revoked, unparsed (see `parseKeyRow`).
   * @throws SchemaMismatch where the store has another schema
   */
  read(): Promise<readonly unknown[]>
  /** Adds a key unless a usable one of its issuer is there. Says whether it did. */
  addIfNone(row: KeyRow, usable: UsableRows): Promise<boolean>
  /** The oldest open intents, a few at a time. */
  openIntents(): Promise<readonly KeyIntent[]>
  /** Adds a key and closes the intent that asked for it, if it is still open. Says whether it did. */
  addAsIntended(row: KeyRow, intent: number, now: number): Promise<boolean>
  /**
   * Replaces the wraps of rows that are still as they were, and closes the intent.
   * @param left how many rows stay under a key-encryption key that is not the current one
   * @returns the outcome noted in the intent, or null where the intent was closed before
   */
  rewrap(
    rows: readonly RewrappedRow[],
    left: number,
    intent: number,
    now: number,
  ): Promise<string | null>
  /** Deletes these rows, and those that were revoked before a time. Returns the kids deleted. */
  prune(kids: readonly string[], revokedBefore: number, now: number): Promise<readonly string[]>
}
