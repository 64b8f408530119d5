; What all theorems share. Integers are those of mathematics: they have no width, so nothing proved here
; depends on one; ranges.smt2 proves that the program's widths suffice.
(set-logic ALL)

; q = floor(n / d) and q = ceil(n / d), for d > 0, without a division.
(define-fun is-floor ((q Int) (n Int) (d Int)) Bool (and (<= (* q d) n) (< n (* (+ q 1) d))))
(define-fun is-ceil ((q Int) (n Int) (d Int)) Bool (and (< (* (- q 1) d) n) (<= n (* q d))))
(define-fun lesser ((a Int) (b Int)) Int (ite (<= a b) a b))
(define-fun is-share ((bps Int)) Bool (and (<= 0 bps) (<= bps 10000)))
