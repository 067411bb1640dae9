import type { ClientRow } from './client-row.ts'

/** Where clients are read from. A fault throws StoreUnavailable. */
export interface ClientStore {
  /** The client's row, or null where there is none of that name. */
  find(clientId: string): Promise<ClientRow | null>
}
