/** The serial number by which the guest tells the disk with its root from the case's disks. */
export const ROOT_SERIAL = 'idmaplab-root'
