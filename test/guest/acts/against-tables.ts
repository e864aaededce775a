// Probes the kernel it runs on and says, as JSON, what the tables say of each thing that was found out.
import { againstTable, featureEntry, filesystemEntry } from '../../../lib/kernel/probe/against-table.ts'
import { type FeatureName, probe } from '../../../lib/kernel/probe/probe.ts'

const { kernel, features, filesystems } = probe()
const said = [
  ...(Object.keys(features) as FeatureName[]).map(name => ({
    name,
    answer: features[name],
    entry: featureEntry(name),
  })),
  ...filesystems.map(({ type, idmappedMount }) => ({
    name: type,
    answer: idmappedMount,
    entry: filesystemEntry(type),
  })),
]
process.stdout.write(
  JSON.stringify(
    said.map(({ name, answer, entry }) => ({ name, state: answer.state, ...againstTable(answer, entry, kernel) })),
  ),
)
