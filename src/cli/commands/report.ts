import { join } from 'node:path'
import { buildReport } from '../../serve/index.ts'
import { atomicWrite } from '../../train/index.ts'

/** `gradus report RUN`: the dashboard of a run as one file. */
export function report(run: string, { out = join(run, 'report.html') }: { readonly out?: string }): void {
  atomicWrite(out, buildReport(run))
  process.stdout.write(`${out}\n`)
}
