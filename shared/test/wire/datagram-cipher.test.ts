import { createNodeCipher } from '../../src/wire/datagram-cipher.ts'
import { datagramContract } from './datagram-contract.ts'

datagramContract('with node:crypto', createNodeCipher)
