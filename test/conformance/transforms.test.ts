import { transformCases } from '../../src/testing/index.ts'
import { suite } from './support.ts'

suite('transform', transformCases)
