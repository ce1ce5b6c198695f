/** Eigenvalues of a square matrix, and its largest singular value. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/** @typedef {{ re: number, im: number }} Complex */

/** @param {Complex} z */
export const magnitude = ({ re, im }) => Math.hypot(re, im);

/**
 * @param {Float64Array} W (H·H), row by row
 * @param {number} H
 * @returns {Complex[]} the largest first
 */
export function eigenvalues(W, H) {
  const { realEigenvalues, imaginaryEigenvalues } = new EigenvalueDecomposition(matrixOf(W, H));
  const found = realEigenvalues.map((re, i) => ({ re, im: imaginaryEigenvalues[i] }));
  return found.sort((a, b) => magnitude(b) - magnitude(a));
}

/**
 * σ₁, the square root of WᵀW's largest eigenvalue.
 *
 * @param {Float64Array} W (H·H), row by row
 * @param {number} H
 */
export function spectralNorm(W, H) {
  const matrix = matrixOf(W, H);
  const gram = matrix.transpose().mmul(matrix);
  const { realEigenvalues } = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  return Math.sqrt(Math.max(...realEigenvalues));
}

/** @param {Float64Array} W @param {number} H */
function matrixOf(W, H) {
  return Matrix.from1DArray(H, H, W);
}
