import fs from 'node:fs'

/** The device of the virtio-serial port of this name. */
export function portNamed(wanted: string): string {
  const ports = '/sys/class/virtio-ports'
  const found = fs.readdirSync(ports).find(name => fs.readFileSync(`${ports}/${name}/name`, 'utf8').trim() === wanted)
  if (found === undefined) throw new Error(`no virtio-serial port is called ${wanted}`)
  return `/dev/${found}`
}
