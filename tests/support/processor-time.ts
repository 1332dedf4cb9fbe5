/** Milliseconds that the work took of a processor, whatever else the machine is doing; the garbage collector counts too. */
export function processorTimeOf(work: () => void): number {
  const started = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}
