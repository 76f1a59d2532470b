import { describeAxe } from './axe-looks.ts'

describeAxe('one look')
