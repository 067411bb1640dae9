/** In seconds; configuration refuses longer-lived access tokens. */
export const maxTokenTtl = 3600
