import { describeAxe } from './axe-looks.ts'

describeAxe('each look')
