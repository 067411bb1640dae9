import type { KeyRow } from './key-row.ts'

/** What an operator asked for and no Worker has executed yet. Times in seconds since the epoch. */
export type KeyIntent =
  | {
      readonly id: number
      readonly what: 'generate'
      readonly activateAt: number
      readonly requestedAt: number
    }
  | { readonly id: number; readonly what: 'rewrap'; readonly requestedAt: number }

/** Which rows count as usable. */
export type UsableRows = {
  /** Rows under the key-encryption keys with these ids. */
  readonly keyEncryptionKeys: readonly string[]
  /** But not these kids: a forged row must not prevent a new key. */
  readonly except: readonly string[]
}

/** A rewrapped row, and the id of the key-encryption key it was wrapped under before. */
export type RewrappedRow = { readonly row: KeyRow; readonly from: string }

/**
 * The store of signing keys. Writes are conditional, and write an audit row in the same transaction. All
 * methods throw StoreUnavailable if the store does not answer.
 */
export interface KeyStore {
  /**
   * The rows that are not revoked, for `parseKeyRow`: whether a row can be used depends on the key-encryption
   * keys, and a copy of the rows in KV is read in the same way.
   * @throws SchemaMismatch if this code cannot use the schema
   */
  read(): Promise<readonly unknown[]>
  /** Adds a key unless its issuer has a usable one. @returns whether it was added */
  addIfNone(row: KeyRow, usable: UsableRows): Promise<boolean>
  /** The oldest open intents, at most four. */
  openIntents(): Promise<readonly KeyIntent[]>
  /** Adds a key and closes its intent, if that is still open. @returns whether it was added */
  addAsIntended(row: KeyRow, intent: number, now: number): Promise<boolean>
  /**
   * Stores rewrapped rows unless they have changed since, and closes the intent.
   * @param left how many rows are still under another key-encryption key than the current one
   * @returns the outcome recorded in the intent; null if it was closed before
   */
  rewrap(
    rows: readonly RewrappedRow[],
    left: number,
    intent: number,
    now: number,
  ): Promise<string | null>
  /** Deletes these rows, and those that were revoked before a time. @returns the deleted kids */
  prune(kids: readonly string[], revokedBefore: number, now: number): Promise<readonly string[]>
}
