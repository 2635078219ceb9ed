package shop;

import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;

@Entity
public class Purchase {
    @Id
    int id;
    @ManyToOne(fetch = FetchType.LAZY)
    Customer customer;
    double price;
}
