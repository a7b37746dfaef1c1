/**
 * The error budget: the math of math.md in double, and beside every value a bound on what float32 may make of it.
 *
 * <p>Running error analysis. Each operation of a float32 evaluation gives {@code fl(x op y) = (x op y)(1 + δ)} with {@code
 * |δ| ≤ u = 2⁻²⁴}, so that from values with bounds follows a result with a bound: what the operands' errors become by the
 * operation itself, and one rounding of the result. Sums are the only place where the order of operations is free; {@link
 * rwkvms.parity.budget.Sums} has two bounds for them. docs/error-budget.md derives it all.
 */
package rwkvms.parity.budget;
