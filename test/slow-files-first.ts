import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What starts clouds, browsers, shells or sound: most of a run's time is in few files. */
const slow =
  /\/(cloud\/test\/(admin\/panel-|talk\/|main\.)|simulator\/test\/|test\/flash\/|device\/test\/(update|runtime|claim)\/)/

const groupOf = ({ project, moduleId }: TestSpecification): number =>
  2 * project.config.sequence.groupOrder + (slow.test(moduleId) ? 0 : 1)

/**
 * Vitest begins with what took longest in the last run. Where there was none it knows only the sizes of the files: slow ones came last, and
 * the whole run waited for one of them.
 */
export class SlowFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // The sort is stable: within a group the order stays Vitest's.
    return (await super.sort(files)).sort((a, b) => groupOf(a) - groupOf(b))
  }
}
