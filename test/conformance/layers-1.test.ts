import { layerCases } from '../../src/testing/index.ts'
import { suite } from './support.ts'

suite('layer', layerCases, 0)
