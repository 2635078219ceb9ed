package shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.OneToMany;
import java.util.List;

@Entity
public class Customer {
    @Id
    int id;
    String code;
    @OneToMany(mappedBy = "customer")
    List<Purchase> purchases;
}
