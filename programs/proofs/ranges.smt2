; The widths suffice: for every input in its type and its stated bound, each intermediate value of the
; functions lies below 2^128 (2^64 where the code has 64 bits), so a checked operation in them never fails.
; Bounds: amounts, prices, rates below 2^64; scale 0 to 13 (s <= 10^13); shares up to 10,000.
(define-fun u64 ((x Int)) Bool (and (<= 0 x) (<= x 18446744073709551615)))
(define-fun u128 ((x Int)) Bool (and (<= 0 x) (< x 340282366920938463463374607431768211456)))
(define-fun scaled ((s Int)) Bool (and (<= 1 s) (<= s 10000000000000)))
(declare-const a Int) (declare-const b Int) (declare-const c Int) (declare-const s Int) (declare-const t Int)
(declare-const q Int)

; A product of numbers within bounds is within the product of the bounds: what the others rely on.
(push 1)
(echo "ranges: products of bounded numbers are bounded")
(declare-const x Int) (declare-const y Int) (declare-const X Int) (declare-const Y Int)
(assert (and (<= 0 x) (<= x X) (<= 0 y) (<= y Y)))
(check-sat)
(assert (not (and (<= 0 (* x y)) (<= (* x y) (* X Y)))))
(check-sat)
(pop 1)

(push 1)
(echo "ranges: the largest products of the code (see README) are below 2^128, with room for rounding up")
(assert true)
(check-sat)
(assert (not (and
  ; tokens_ceil: usd * 10^13
  (u128 (+ 1 (* 18446744073709551615 10000000000000)))
  ; usd_floor: tokens * price; charge: units * rate; accept_receipt: unit_cap * seconds
  (u128 (+ 1 (* 18446744073709551615 18446744073709551615)))
  ; convert, the price term: usd * (10^4 - take_bps) * 10^13, and its divisor 10^4 * mint
  (u128 (* 18446744073709551615 10000 10000000000000))
  (u128 (* 10000 18446744073709551615))
  ; shares: amount * bps
  (u128 (+ 1 (* 18446744073709551615 10000)))
  ; stable_bond and asked: dollars * bps * 10^13, and 10^4 * price
  (u128 (+ 1 (* 18446744073709551615 11000 10000000000000)))
  ; is_secured: work * 10^4; its other side is compared, not computed, past 128 bits
  (u128 (* 18446744073709551615 10000))
  ; quality: good * 5,000 and good + 4 bad + 10^8
  (u128 (* 18446744073709551615 5000))
  (u128 (+ (* 5 18446744073709551615) 100000000))
  ; an epoch's weight: the sum of takes fits in 64 bits, quality is at most 9,999; below the 2^126 of
  ; proportion_floor
  (< (* 18446744073709551615 9999) 85070591730234615865843651857942052864))))
(check-sat)
(pop 1)

(push 1)
(echo "ranges: the quotient of mul_div_ceil times the divisor is within the product again")
(declare-const n Int) (declare-const d Int)
(assert (and (u128 n) (<= 1 d) (is-floor q n d) (<= 0 q)))
(check-sat)
(assert (not (and (u128 (* q d)) (=> (not (= (* q d) n)) (u128 (+ q 1))))))
(check-sat)
(pop 1)

(push 1)
(echo "ranges: burned, usd, take and earned fit in 64 bits, whatever tokens_ceil gives")
(declare-const escrow Int) (declare-const outstanding Int) (declare-const needed Int)
(declare-const worth Int) (declare-const T Int)
(assert (and (u64 escrow) (u64 outstanding) (<= 0 needed) (<= 0 worth) (is-share t)))
(assert (is-ceil T (* (lesser needed escrow) t) 10000))
(check-sat)
(assert (not (and (u64 (lesser needed escrow)) (u64 (lesser outstanding worth)) (u64 T)
  (u64 (- (lesser needed escrow) T)))))
(check-sat)
(pop 1)
