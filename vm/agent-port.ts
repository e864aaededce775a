/** Raised with every change of a message's meaning: an agent of another number is not spoken to. */
export const PROTOCOL = 3
/** The names of the virtio-serial ports: requests and replies, and a terminal's bytes. */
export const AGENT_PORT = 'idmaplab.agent'
export const TERMINAL_PORT = 'idmaplab.terminal'
