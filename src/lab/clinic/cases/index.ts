/** The runs of the clinic: half of them healthy, half with faults. */
import type { ClinicCase } from '../case.ts'
import { healthyDigits } from './healthy-digits.ts'
import { healthyOthers } from './healthy-others.ts'
import { heldOut } from './held-out.ts'
import { plantedData } from './planted-data.ts'
import { plantedModels } from './planted-models.ts'
import { plantedRates } from './planted-rates.ts'
import { plantedStarts } from './planted-starts.ts'

export const clinicCases: readonly ClinicCase[] = [
  ...healthyDigits,
  ...healthyOthers,
  ...plantedRates,
  ...plantedStarts,
  ...plantedData,
  ...plantedModels,
  ...heldOut,
]
