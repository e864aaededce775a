/** Raised with every change of a message's meaning: an agent of another number is not spoken to. */
export const PROTOCOL = 1
/** The name of the virtio-serial port the two sides talk over. */
export const PORT_NAME = 'idmaplab.agent'
