import { catalogPage } from './catalog.ts'
import { clinicPage } from './clinic.ts'
import { doctorPage } from './doctor.ts'
import { operatorsPage } from './operators.ts'
import { performancePage } from './performance.ts'

/** The generated pages by their names in `docs/`. */
export const pages: Readonly<Record<string, () => string>> = {
  'catalog.md': catalogPage,
  'clinic.md': clinicPage,
  'doctor.md': doctorPage,
  'operators.md': operatorsPage,
  'performance.md': performancePage,
}
