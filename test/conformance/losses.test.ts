import { lossCases } from '../../src/testing/index.ts'
import { suite } from './support.ts'

suite('loss', lossCases)
