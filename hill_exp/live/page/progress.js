// @ts-check
/** How far a training is, in words. Pure. */

/**
 * In a line. Others may train at the same server: then it may have to wait.
 * @param {Pick<import('./protocol').TrainingState, 'epoch' | 'epochs' | 'playback' | 'ahead'>} state
 */
export function trainingInWords({ epoch, epochs, playback, ahead }) {
  if (ahead) return `Waiting for training: ${ahead === 1 ? 'one other is' : `${ahead} others are`} before it`;
  const words = playback ? 'Coming back to where you were' : 'The model trains';
  return epochs === null ? words : `${words}: epoch ${epoch} of ${epochs}`;
}
