/** Where long work tells a person how it goes; the command line draws it, a library user may leave it silent. */
export type Progress = {
  /** Runs `work` under a title; `say` replaces the detail shown beside it. Rejects with what `work` rejects with. */
  step<T>(title: string, work: (say: (detail: string) => void) => Promise<T>): Promise<T>
  /** One line that must be seen, e.g. that KVM does not work and TCG is used. */
  note(line: string): void
}

/** Says nothing. */
export const silent: Progress = {
  step: (_title, work) => work(() => {}),
  note: () => {},
}
