; Minted ever <= burned ever, provider by provider, by induction over what the program does.
;   burned   Provider.burned
;   minted   Provider.minted + Provider.claimable
;   open     take of the provider's conversions in epochs whose rebate it has not claimed
; The invariant is minted + open <= burned.
(declare-const burned Int) (declare-const minted Int) (declare-const open Int)
(define-fun invariant ((b Int) (m Int) (o Int)) Bool (and (<= 0 b) (<= 0 m) (<= 0 o) (<= (+ m o) b)))

(push 1)
(echo "supply: a new provider has the invariant")
(check-sat)
(assert (not (invariant 0 0 0)))
(check-sat)
(pop 1)

(push 1)
(echo "supply: a conversion keeps it (earned + take <= burned: conversion.smt2)")
(declare-const b Int) (declare-const t Int) (declare-const e Int)
(assert (and (invariant burned minted open) (<= 0 b) (<= 0 t) (<= 0 e) (<= (+ e t) b)))
(check-sat)
(assert (not (invariant (+ burned b) (+ minted e) (+ open t))))
(check-sat)
(pop 1)

(push 1)
(echo "supply: a rebate keeps it (2 rebate < take, or both are 0: rebate.smt2)")
(declare-const take Int) (declare-const r Int)
(assert (and (invariant burned minted open) (<= 0 take) (<= take open) (<= 0 r)))
(assert (or (< (* 2 r) take) (and (= r 0) (= take 0))))
(check-sat)
(assert (not (invariant burned (+ minted r) (- open take))))
(check-sat)
(pop 1)

(push 1)
(echo "supply: so what is minted is burned before, with what is claimable counted as minted")
(declare-const claimable Int)
(assert (and (invariant burned minted open) (<= 0 claimable) (<= claimable minted)))
(check-sat)
(assert (not (<= (- minted claimable) burned)))
(check-sat)
(pop 1)
