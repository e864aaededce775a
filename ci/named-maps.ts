import { NamedMaps } from '../lib/kernel/named-maps.ts'

/** The maps by name of this machine, or those of $IDMAPLAB_MAPS. */
export function namedMaps(): NamedMaps {
  return new NamedMaps(process.env.IDMAPLAB_MAPS)
}
