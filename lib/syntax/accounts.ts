/** A user or group of the host. */
export interface HostAccount {
  readonly name: string
  readonly id: number
}

/** The accounts of a passwd(5) or group(5) file: in both, the id is the third field. Lines that name no id (`+` of NIS) are passed over. */
export function readAccounts(text: string): HostAccount[] {
  return text.split('\n').flatMap(line => {
    const [name, , id] = line.split(':')
    return name && id && /^[0-9]{1,10}$/.test(id) ? [{ name, id: Number(id) }] : []
  })
}
