/** How bad it is when a check does not hold: an intruder gets in, or something is not as it should be. */
export type Weight = 'fail' | 'warn'

/** What is written of a finding once and for all. */
export type Description = {
  readonly weight: Weight
  /** What should hold, in a few words. */
  readonly title: string
  /** What it means where it does not hold. */
  readonly meaning: string
  readonly fix: string
}
