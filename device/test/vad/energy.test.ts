import { createEnergyVad } from '../../src/vad/energy.ts'
import { voiceActivityContract } from './contract.ts'

voiceActivityContract({ name: 'the energy detector', open: async () => createEnergyVad() })
