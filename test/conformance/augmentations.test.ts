import { augmentationCases } from '../../src/testing/index.ts'
import { suite } from './support.ts'

suite('augmentation', augmentationCases)
