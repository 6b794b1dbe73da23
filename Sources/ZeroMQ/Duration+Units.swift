extension Duration {
    /// The duration in whole milliseconds, clamped to C's int. It is rounded up so that a short wait does not become
    /// none.
    var milliseconds: CInt { rounded(upToMultiplesOf: 1_000_000_000_000_000) }

    /// The duration in whole seconds, rounded up and clamped to C's int.
    var seconds: CInt { rounded(upToMultiplesOf: 1_000_000_000_000_000_000) }

    private func rounded(upToMultiplesOf unit: Int128) -> CInt {
        let (quotient, remainder) = attoseconds.quotientAndRemainder(dividingBy: unit)
        return CInt(clamping: quotient + (remainder > 0 ? 1 : 0))
    }
}

extension Duration? {
    /// The duration's milliseconds; nil becomes libzmq's −1 for "no limit".
    var milliseconds: CInt { self.map(\.milliseconds) ?? -1 }
}
