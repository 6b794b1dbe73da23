import TocsinModel

/// A cache of values for the objects met last, each in the slot that its address gives it. Finding an object again
/// needs no hashing or comparing of its contents. The cache holds its objects: otherwise another one might be made at
/// the same address.
struct AddressCache<Object, Value> {
    private var entries: [(object: Object, address: UnsafeRawPointer, value: Value)?]

    /// - Parameter size: The number of slots, a power of two.
    init(size: Int) {
        entries = Array(repeating: nil, count: size)
    }

    /// The value of the object at an address, or nil if it has not been met lately.
    subscript(address: UnsafeRawPointer) -> Value? {
        guard let entry = entries[slot(of: address)], entry.address == address else { return nil }
        return entry.value
    }

    mutating func add(_ value: Value, of object: Object, at address: UnsafeRawPointer) {
        entries[slot(of: address)] = (object, address, value)
    }

    private func slot(of address: UnsafeRawPointer) -> Int {
        // Objects lie apart by at least sixteen bytes.
        Int(bitPattern: address) >> 4 & (entries.count - 1)
    }
}

extension Addressee {
    var address: UnsafeRawPointer { UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }
}
